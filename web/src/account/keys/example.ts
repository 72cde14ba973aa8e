/** How a key is used: a command for a POSIX shell. */

/** @param key is written out where it has just been made; elsewhere the command reads it from the environment. */
export function curlExample(origin: string, key = "$HUISHENG_KEY"): string {
  return [
    `curl --fail ${origin}/tts \\`,
    `  --header "Authorization: Bearer ${key}" \\`,
    `  --data-urlencode text='你好，世界。' \\`,
    `  --output hello.wav`,
  ].join("\n");
}
