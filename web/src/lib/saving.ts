/** Handing something to the person: a file to the downloads, a text to the clipboard. */

/** Download what an address of this server holds, under a name. */
export function saveAddress(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}

/** Download a text as a file in UTF-8. */
export function saveText(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  saveAddress(address, name);
  setTimeout(() => URL.revokeObjectURL(address), 60_000); // a browser that asks where to save reads it later
}

/** Copy a text; false where the browser refuses. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    // TypeError: no such interface outside secure contexts, that is over plain HTTP from another machine
    if (!(error instanceof TypeError) && !(error instanceof DOMException)) throw error;
    return copySelected(text);
  }
}

/** The older way, which plain HTTP still has. */
function copySelected(text: string): boolean {
  const field = document.createElement("textarea");
  const focused = document.activeElement;
  field.value = text;
  field.style.cssText = "position: fixed; opacity: 0";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
