import { describe, expect, it } from "vitest";
import { contentSecurityPolicy, dashboardHeaders } from "./dashboard-headers.ts";

describe("the dashboard's headers", () => {
  it("let nothing run that does not carry the request's nonce, and nobody frame a page", () => {
    const policy = contentSecurityPolicy({ nonce: "abc" });
    expect(policy).toContain("script-src 'nonce-abc' 'strict-dynamic';");
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline|style-src-elem[^;]*unsafe-inline/);
  });

  it("ask for https for ever only where https was spoken", () => {
    expect(dashboardHeaders({ nonce: "a", secure: true })["strict-transport-security"]).toMatch(/max-age/);
    expect(dashboardHeaders({ nonce: "a", secure: false })).not.toHaveProperty("strict-transport-security");
  });
});
