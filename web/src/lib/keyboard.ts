/** What the keys are called on the keyboard of the person at the page. */

const isMac = navigator.platform.startsWith("Mac");

/** Held down with Enter to start. */
export const START_KEY = isMac ? "⌘" : "Ctrl";

/** Held down with an arrow to move by sentence; macOS itself takes Ctrl with an arrow. */
export const SENTENCE_KEY = isMac ? "⌥" : "Ctrl";
