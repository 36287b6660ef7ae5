// What the server tells all windows while it happens.

const listeners = new Map();
let source;
let lost = false;

/** Call `listener` with all news of a kind; returns what ends that. */
export function onNews(kind, listener) {
  if (!listeners.has(kind)) listeners.set(kind, new Set());
  listeners.get(kind).add(listener);
  return () => listeners.get(kind).delete(listener);
}

function spread(news) {
  for (const listener of listeners.get(news.kind) ?? []) listener(news);
}

/**
 * Begin to listen. `lost` and `back` are told when the server goes and comes again, `locked` when it
 * was started anew and no longer knows this page.
 */
export function listen() {
  source = new EventSource("/api/events");
  source.onmessage = (event) => spread(JSON.parse(event.data));
  source.onopen = () => {
    if (lost) spread({ kind: "back" });
    lost = false;
  };
  source.onerror = () => {
    if (!lost) spread({ kind: "lost" });
    lost = true;
    if (source.readyState === EventSource.CLOSED) spread({ kind: "locked" });
  };
  addEventListener("pagehide", () => source.close());
}
