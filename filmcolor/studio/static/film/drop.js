// Files dropped on a part of the page.

/** Hand the first file that is dropped on `place` to `take`. */
export function dropOn(place, take) {
  const files = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  place.addEventListener("dragover", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    event.stopPropagation();
    place.classList.add("dropping");
  });
  place.addEventListener("dragleave", (event) => {
    if (!place.contains(event.relatedTarget)) place.classList.remove("dropping");
  });
  place.addEventListener("drop", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    event.stopPropagation();
    place.classList.remove("dropping");
    const [file] = event.dataTransfer.files;
    if (file) take(file);
  });
}
