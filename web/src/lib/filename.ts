/** Names of downloaded files: they say what is inside, and every system takes them. */

const MOST_CHARACTERS = 80;
const MOST_BYTES = 240; // of UTF-8; Linux takes 255, and a browser may append " (1)"
const MOST_OF_TEXT = 24; // characters of the text's opening

const MARKUP = /<[^>]*>|\[[^\]]*\]/gu;
const FORBIDDEN = /[<>:"/\\|?*]+/gu; // Windows; "/" everywhere
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\u2028\u2029]+/gu; // control, direction, unassigned

/**
 * A name of at most 80 characters and 240 bytes. The first part is the product's name, so that the whole is never one
 * that Windows reserves (`CON`, `NUL`…).
 *
 * @param parts what is inside: product, voice, emotion.
 * @param text what is spoken; its opening ends the name.
 * @param suffix without its dot.
 */
export function fileName(parts: readonly string[], text: string, suffix: string): string {
  const opening = [...cleaned(text.slice(0, 2000).replaceAll(MARKUP, " "))].slice(0, MOST_OF_TEXT).join("");
  const names = [...parts.map(cleaned), opening].map(trimmed).filter((name) => name !== "");
  const room = { characters: MOST_CHARACTERS - suffix.length - 1, bytes: MOST_BYTES - suffix.length - 1 };
  return `${trimmed(shortened(names.join("-"), room))}.${suffix}`;
}

function cleaned(text: string): string {
  return text.normalize("NFC").replaceAll(/\s+/gu, " ").replaceAll(INVISIBLE, "").replaceAll(FORBIDDEN, " ").replaceAll(/ +/gu, " ");
}

/** Without what a name may not begin or end with, nor the marks that end a sentence. */
function trimmed(name: string): string {
  return name.replaceAll(/^[\s.\-~，。！？；：、…,!;]+|[\s.\-，。！？；：、…,!;]+$/gu, "");
}

function shortened(name: string, room: { readonly characters: number; readonly bytes: number }): string {
  const encoder = new TextEncoder();
  let bytes = 0;
  let characters = 0;
  let kept = "";
  for (const character of name) {
    bytes += encoder.encode(character).length;
    characters += 1;
    if (bytes > room.bytes || characters > room.characters) break;
    kept += character;
  }
  return kept;
}
