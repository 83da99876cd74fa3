/** People, share links and the audit log: what commands can ask for, over the API and straight on the store. */
import type { ShareLinkView } from "#lib/auth/share-links.ts";
import type { UserView } from "#lib/auth/user-view.ts";

export interface AccessDoor {
  listPeople(): Promise<UserView[]>;
  addPerson(input: Record<string, unknown>): Promise<{ person: UserView; link: string }>;
  changePerson(id: string, input: Record<string, unknown>): Promise<UserView>;
  removePerson(id: string): Promise<void>;
  linkPerson(id: string): Promise<string>;
  listShareLinks(app: string): Promise<ShareLinkView[]>;
  createShareLink(app: string, input: Record<string, unknown>): Promise<{ link: ShareLinkView; url: string }>;
  revokeShareLink(id: string): Promise<ShareLinkView>;
}

type Ask = <T>(method: string, path: string, body?: object) => Promise<T>;

export function accessOverApi(ask: Ask): AccessDoor {
  const id = encodeURIComponent;
  return {
    listPeople: async () => (await ask<{ people: UserView[] }>("GET", "/people")).people,
    addPerson: (input) => ask("POST", "/people", input),
    changePerson: async (person, input) =>
      (await ask<{ person: UserView }>("PATCH", `/people/${id(person)}`, input)).person,
    removePerson: (person) => ask("DELETE", `/people/${id(person)}`),
    linkPerson: async (person) =>
      (await ask<{ link: string }>("POST", `/people/${id(person)}/link`, {})).link,
    listShareLinks: async (app) =>
      (await ask<{ links: ShareLinkView[] }>("GET", `/apps/${id(app)}/share-links`)).links,
    createShareLink: (app, input) => ask("POST", `/apps/${id(app)}/share-links`, input),
    revokeShareLink: async (link) =>
      (await ask<{ link: ShareLinkView }>("DELETE", `/share-links/${id(link)}`)).link,
  };
}
