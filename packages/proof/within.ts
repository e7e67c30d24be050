/** The time limit for the answer of an identity or vault, in milliseconds. */
const patienceMs = 10_000;

/** The result of the work, or another value after 10 s, because an identity that does not exist may never answer. */
export async function within<T>(work: Promise<T>, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), patienceMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
