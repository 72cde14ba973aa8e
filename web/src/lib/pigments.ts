/** How each emotion is drawn: the line a voice would follow, in a box of 48 × 24. Colours live in tokens.css. */

const contours: Readonly<Record<string, string>> = {
  neutral: "M4 12.500C12 10.500 18 14 24 12.500S36 11 44 12",
  happy: "M4 18C9 18 10 9 15 9.500S21 18 27 15S36 4 44 5",
  sad: "M4 5C13 5 16 9 22 13S33 20 44 19.500",
  angry: "M4 15L11 7L17 18.500L25 3.500L32 18.500L38 9L44 13",
  fearful: "M4 14q2.500-6 5 0t5-1t5 0t5-1t5 0t5-1t5 0t5-1",
  surprised: "M4 19C17 20 20 19 24 11C27 4 32 3 35 6.500S41 9.500 44 8",
  calm: "M4 14C10 6 17 7 24 12.500S38 18 44 10",
  affectionate: "M4 16C13 17 18 4 25 4.500C32 5 30 16 24 15.500C18 15 21 8 30 9.500C36 10.500 40 13 44 10",
  formal: "M4 18H15L17 12H29L31 6H44",
  auto: "M4 13C8 13 9 6 13 6S18 18 22 18S27 8 31 8S36 15 39 15T44 12",
};

/** SVG path of an emotion; the plain line for one that we do not know. */
export function contourOf(emotion: string): string {
  return contours[emotion] ?? contours["neutral"] ?? "";
}
