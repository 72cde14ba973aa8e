/** How people can sign up and in here; asked for once, before the first of the entry's pages. */

import { Resource } from "../../lib/resource.svelte";
import { fetchOptions } from "../../server/auth";

export const options = new Resource(fetchOptions);
