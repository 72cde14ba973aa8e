import { expect, test } from "vitest";

import { deviceOf } from "../src/account/security/device";

test.each([
  ["Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0", "Edge · Windows"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 18 like Mac OS X) MicroMessenger/8.0", "微信 · iOS"],
  ["curl/8.5.0", ""],
])("%j is %j", (agent, device) => {
  expect(deviceOf(agent)).toBe(device);
});
