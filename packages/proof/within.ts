/** How long one identity or vault may take to answer, in milliseconds. */
const patienceMs = 10_000;

/** The result of some work, or another one when it takes longer than 10 s: an identity that is not there may never answer. */
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
