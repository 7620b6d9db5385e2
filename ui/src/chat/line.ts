/** One line beside the picture. */
export interface Line {
  readonly id: string;
  /** How it looks. */
  readonly kind: string;
  readonly userId: string;
  readonly userName: string;
  readonly text: string;
}
