/** What the shop is told by its environment. */
const required = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
};

export const settings = {
  port: Number(process.env.PORT ?? 3000),
  slot: process.env.SLOT ?? "none",
  release: process.env.RELEASE ?? "unknown",
  databaseUrl: required("DATABASE_URL"),
  uploadsDir: required("UPLOADS_DIR"),
};
