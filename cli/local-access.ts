/** The access door for --local. */
import * as links from "#lib/auth/share-links.ts";
import { SIGN_IN_LINK_PATH } from "#lib/auth/sign-in-link.ts";
import * as users from "#lib/auth/users.ts";
import type { OperationContext } from "#lib/operations/context.ts";
import { dashboardUrl } from "#lib/operations/dashboard-url.ts";
import type { AccessDoor } from "./access-door.ts";

export const accessLocally = (context: OperationContext): AccessDoor => ({
  listPeople: () => users.listUsers(context),
  async addPerson(input) {
    const { user, link } = await users.createUser(context, input as Parameters<typeof users.createUser>[1]);
    return { person: user, link: dashboardUrl(context, SIGN_IN_LINK_PATH + link) };
  },
  changePerson: (id, input) => users.changeUser(context, id, input),
  removePerson: (id) => users.removeUser(context, id),
  linkPerson: async (id) =>
    dashboardUrl(context, SIGN_IN_LINK_PATH + (await users.mintUserLink(context, id))),
  listShareLinks: (app) => links.listShareLinks(context, app),
  async createShareLink(app, input) {
    const made = await links.createShareLink(
      context,
      app,
      input as Parameters<typeof links.createShareLink>[2],
    );
    return { link: made.link, url: dashboardUrl(context, links.SHARE_PATH + made.token) };
  },
  revokeShareLink: (id) => links.revokeShareLink(context, id),
});
