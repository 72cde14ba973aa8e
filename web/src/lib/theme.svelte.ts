/** Light or dark: as the system has it, or as the person chose. `public/theme.js` applies it before the first paint. */

import { MediaQuery } from "svelte/reactivity";

import { browserStorage, keep } from "./storage";

export const themes = ["system", "light", "dark"] as const;

export type Theme = (typeof themes)[number];

const KEY = "huisheng.theme"; // public/theme.js reads it
const papers = { light: "#f4eee2", dark: "#161310" } as const; // --paper, for the browser's own bars

class Appearance {
  chosen: Theme = $state(themes.find((theme) => theme === browserStorage()?.getItem(KEY)) ?? "system");
  readonly #system = new MediaQuery("prefers-color-scheme: dark");

  /** Whether the page is dark now. */
  get dark(): boolean {
    return this.chosen === "system" ? this.#system.current : this.chosen === "dark";
  }

  /** The next choice of the three. */
  advance(): void {
    this.chosen = themes[(themes.indexOf(this.chosen) + 1) % themes.length] ?? "system";
    keep(browserStorage(), KEY, this.chosen);
  }

  /** Tell the style sheet and the browser. */
  announce(): void {
    const root = document.documentElement;
    if (this.chosen === "system") delete root.dataset["theme"];
    else root.dataset["theme"] = this.chosen;
    metaOf("color-scheme", this.chosen === "system" ? "light dark" : this.chosen);
    metaOf("theme-color", papers[this.dark ? "dark" : "light"]);
  }
}

export const appearance = new Appearance();

function metaOf(name: string, content: string): void {
  document.querySelector(`meta[name="${name}"]`)?.setAttribute("content", content);
}
