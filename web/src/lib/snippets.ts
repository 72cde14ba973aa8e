/** The request that is set now, as a command or a program that anybody can run. */

import type { SpeechRequest } from "./api";

/** Name of the environment variable that holds the key: the key itself is never copied. */
const KEY_VARIABLE = "API_KEY";

export interface Snippet {
  readonly request: SpeechRequest;
  /** Address of the server, without a slash at its end. */
  readonly origin: string;
  /** Name of the file that is written. */
  readonly file: string;
  /** Whether the server asks for a key. */
  readonly guarded: boolean;
}

/** A command for a POSIX shell. */
export function curlCommand({ request, origin, file, guarded }: Snippet): string {
  const { text, ...rest } = request;
  return [
    `curl --fail --show-error --silent ${quoted(`${origin}/tts`)}`,
    ...(guarded ? [`  --header "Authorization: Bearer $${KEY_VARIABLE}"`] : []),
    ...Object.entries(rest).map(([name, value]) => `  --data-urlencode ${quoted(`${name}=${String(value)}`)}`),
    `  --data-urlencode ${quoted(`text=${spoken(text)}`)}`,
    `  --output ${quoted(file)}`,
  ].join(" \\\n");
}

/** A program for Python 3, with its standard library alone. */
export function pythonProgram({ request, origin, file, guarded }: Snippet): string {
  const fields = Object.entries({ ...request, text: spoken(request.text) });
  return [
    ...(guarded ? ["import os"] : []),
    "from pathlib import Path",
    "from urllib.parse import urlencode",
    "from urllib.request import Request, urlopen",
    "",
    "fields = {",
    ...fields.map(([name, value]) => `    ${literal(name)}: ${literal(value)},`),
    "}",
    `request = Request(${literal(`${origin}/tts`)}, urlencode(fields).encode())`,
    ...(guarded ? [`request.add_header("Authorization", "Bearer " + os.environ["${KEY_VARIABLE}"])`] : []),
    "with urlopen(request) as answer:",
    `    Path(${literal(file)}).write_bytes(answer.read())`,
    "",
  ].join("\n");
}

/** A word of a POSIX shell: within single quotes only the single quote itself is special. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** JSON's strings and numbers are Python's too. */
function literal(value: string | number): string {
  return JSON.stringify(value);
}

/** As a browser sends it (lone surrogates replaced), and without NUL, which no command line can hold. */
function spoken(text: string): string {
  return text.replaceAll(/\p{Cs}/gu, "\ufffd").replaceAll("\0", "");
}
