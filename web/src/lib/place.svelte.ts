/** Where in a page of several sections a person is: the address behind `#`, as `name` or `name=value`. */

class Place {
  #hash = $state(location.hash.slice(1));

  constructor() {
    addEventListener("hashchange", () => (this.#hash = location.hash.slice(1)));
  }

  /** `keys`, or `order` of `#order=ord_1`. */
  get name(): string {
    return this.#hash.split("=", 1)[0] ?? "";
  }

  /** `ord_1` of `#order=ord_1`; empty without one. */
  get value(): string {
    return decodeURIComponent(this.#hash.slice(this.name.length + 1));
  }

  go(name: string, value = ""): void {
    location.hash = value === "" ? name : `${name}=${encodeURIComponent(value)}`;
  }

  /** Go without leaving a trace: a token is used once, and nobody should find it in the history. */
  replace(name: string): void {
    history.replaceState(null, "", `#${name}`);
    this.#hash = name;
  }
}

export const place = new Place();
