/** Whether an error is a unique index speaking: Prisma's P2002 or PostgreSQL's 23505. */
export function isUniqueViolation(error: unknown): boolean {
  const { code, meta } = (error ?? {}) as { code?: unknown; meta?: { code?: unknown } };
  return code === "P2002" || code === "23505" || meta?.code === "23505";
}
