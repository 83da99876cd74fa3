import { expect, test } from "vitest";
import { peerOf, TrustedProxies } from "./trusted-proxies.ts";

test("by default this machine is trusted and nobody else", () => {
  const proxies = new TrustedProxies();
  for (const address of ["127.0.0.1", "127.9.9.9", "::1"]) expect(proxies.has(address), address).toBe(true);
  for (const address of ["10.0.0.1", "128.0.0.1", "::2", "unknown", ""])
    expect(proxies.has(address)).toBe(false);
});

test("an empty list trusts nobody, addresses and ranges of both families can be named", () => {
  expect(new TrustedProxies([]).has("127.0.0.1")).toBe(false);
  const proxies = new TrustedProxies(["10.1.0.0/16", "192.0.2.7", "2001:db8::/32"]);
  for (const address of ["10.1.255.1", "192.0.2.7", "2001:db8::5"]) expect(proxies.has(address)).toBe(true);
  for (const address of ["10.2.0.1", "192.0.2.8", "2001:db9::5", "127.0.0.1"])
    expect(proxies.has(address)).toBe(false);
});

test.each(["shop.test", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "10.0.0"])("%s is no address", (range) => {
  expect(() => new TrustedProxies([range])).toThrow();
});

test("the client is the last in the chain that is no proxy of ours; what it says about itself is not believed", () => {
  const proxies = new TrustedProxies(["127.0.0.0/8", "10.0.0.0/8"]);
  expect(proxies.clientOf("203.0.113.9", "1.2.3.4")).toBe("203.0.113.9");
  expect(proxies.clientOf("127.0.0.1", undefined)).toBe("127.0.0.1");
  expect(proxies.clientOf("127.0.0.1", "1.2.3.4, 203.0.113.9, 10.0.0.5")).toBe("203.0.113.9");
  expect(proxies.clientOf("127.0.0.1", "1.2.3.4, nonsense, 10.0.0.5")).toBe("127.0.0.1");
  expect(proxies.clientOf("127.0.0.1", "")).toBe("127.0.0.1");
});

test("an IPv4 peer on an IPv6 socket is an IPv4 peer", () => {
  expect(peerOf({ remoteAddress: "::ffff:192.0.2.1" })).toBe("192.0.2.1");
  expect(peerOf({ remoteAddress: undefined })).toBe("unknown");
});
