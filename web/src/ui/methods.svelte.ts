/** Names of the methods of payment that this server offers. */

import { language } from "../lib/language.svelte";
import { Resource } from "../lib/resource.svelte";
import { fetchPlans } from "../server/billing";

const plans = new Resource(fetchPlans);

/** Ask for the names, once. */
export function loadMethodNames(): void {
  if (plans.value === undefined && !plans.loading) void plans.load();
}

/** The name of a method; its id where it is not offered any more, or not known yet. */
export function methodName(id: string): string {
  const method = plans.value?.methods.find((each) => each.id === id);
  return method === undefined ? id : language.pick(method.name.zh, method.name.en);
}
