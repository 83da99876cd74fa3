/** What drivers must know of an app's manifest before they are asked: which variable, which tables to leave alone. */
import { type Manifest, readManifest } from "#lib/config/manifest.ts";
import { Refusal } from "#lib/engine/ports.ts";
import type { Store } from "#lib/store/client.ts";

export class Catalog {
  private readonly manifests = new Map<string, Pick<Manifest, "data">[]>();

  /** Of releases that may come back. */
  private readonly earlier = new Map<string, Pick<Manifest, "data">[]>();

  /** From the releases that are in the app's slots, and the folders of those that were. */
  async load(store: Store, app: string): Promise<void> {
    const releases = await store.release.findMany({
      where: { app: { name: app } },
      orderBy: { createdAt: "desc" },
      select: { manifest: true },
    });
    this.earlier.set(
      app,
      releases.map(({ manifest }) => manifest as unknown as Manifest),
    );
    const slots = await store.slot.findMany({ where: { app: { name: app } }, include: { release: true } });
    this.manifests.set(
      app,
      slots.flatMap((slot) => (slot.release ? [slot.release.manifest as unknown as Manifest] : [])),
    );
  }

  /** Reads the manifest of a release that is about to come in. Throws a Refusal that names every problem. */
  read(text: string, app: string): Manifest {
    const result = readManifest(text);
    if (!result.ok) {
      throw new Refusal(
        "manifest-invalid",
        `signalbox.yaml is not right. ${result.problems.join(". ")}.`,
        "Correct it and deploy again.",
      );
    }
    const { manifest } = result;
    if (manifest.name !== app) {
      throw new Refusal(
        "manifest-other-app",
        `signalbox.yaml is of the app ${manifest.name}, and this is ${app}.`,
        "Check the folder, or the name in signalbox.yaml.",
      );
    }
    this.manifests.set(app, [manifest, ...(this.manifests.get(app) ?? [])]);
    return manifest;
  }

  envName = (app: string): string =>
    this.manifests.get(app)?.find((manifest) => manifest.data?.postgres)?.data.postgres?.env ??
    "DATABASE_URL";

  exclude = (app: string): string[] => [
    ...new Set(this.manifests.get(app)?.flatMap((manifest) => manifest.data?.postgres?.exclude ?? [])),
  ];

  /** Named folders of every release that is or comes in; the newest word on a name counts. */
  folders = (app: string): { name: string; env: string; mode: "shared" | "copy" | "follow" }[] => {
    const found = new Map<string, { name: string; env: string; mode: "shared" | "copy" | "follow" }>();
    for (const { data } of [...(this.manifests.get(app) ?? []), ...(this.earlier.get(app) ?? [])]) {
      // Manifests recorded before there were modes have none.
      for (const [name, { env, mode }] of Object.entries(data?.files ?? {}))
        if (!found.has(name)) found.set(name, { name, env, mode: mode ?? "follow" });
    }
    return [...found.values()];
  };
}
