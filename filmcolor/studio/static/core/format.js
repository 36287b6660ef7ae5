// Times and numbers for people.

/** Seconds as 1:02:03 or 2:03. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || !isFinite(seconds)) return "";
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Seconds as 00:01:02.5. */
export function timecode(seconds) {
  const thousandths = Math.floor(Math.max(0, seconds) * 1000 + 1e-6);
  const two = (n) => String(n).padStart(2, "0");
  const whole = Math.floor(thousandths / 1000);
  return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}.${String(thousandths % 1000).padStart(3, "0")}`;
}

export function number(value) {
  return value === null || value === undefined ? "" : value.toLocaleString("en");
}
