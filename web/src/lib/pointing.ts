/** Which character of a shown text a pointer is on. */

/**
 * The UTF-16 offset, in the whole text, of the character under the pointer. Each element that shows a piece of the text
 * tells in `data-start` where the piece begins.
 */
export function offsetAt(event: MouseEvent): number | undefined {
  const caret = caretAt(event.clientX, event.clientY);
  if (caret === undefined || caret.node.nodeType !== Node.TEXT_NODE) return undefined;
  const start = Number(caret.node.parentElement?.dataset["start"]);
  if (!Number.isInteger(start)) return undefined;
  return start + (isOver(event, caret.node, caret.offset - 1) ? caret.offset - 1 : caret.offset);
}

/** The gap between two characters that is nearest to a point; older Safari has the older function only. */
function caretAt(x: number, y: number): { readonly node: Node; readonly offset: number } | undefined {
  if ("caretPositionFromPoint" in document) {
    const position = document.caretPositionFromPoint(x, y);
    return position === null ? undefined : { node: position.offsetNode, offset: position.offset };
  }
  const range = (document as Document).caretRangeFromPoint(x, y);
  return range === null ? undefined : { node: range.startContainer, offset: range.startOffset };
}

/** Whether the pointer is on the character at `offset` of a text node. */
function isOver(event: MouseEvent, node: Node, offset: number): boolean {
  if (offset < 0) return false;
  const range = document.createRange();
  range.setStart(node, offset);
  range.setEnd(node, offset + 1);
  return [...range.getClientRects()].some(
    ({ left, right, top, bottom }) => event.clientX >= left && event.clientX < right && event.clientY >= top && event.clientY < bottom,
  );
}
