type Listener<T> = (value: T) => void;

/** Who wants to hear of something. One that throws costs the others nothing. */
export class Listeners<T> {
  private readonly listeners = new Set<Listener<T>>();

  /** Returns how to stop listening. */
  add(listener: Listener<T>): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  tell(value: T): void {
    for (const listener of [...this.listeners]) {
      try {
        listener(value);
      } catch (error) {
        reportError(error);
      }
    }
  }
}
