import type { GiftReceived } from "./messages";

/** A gift, or a row of them, as it is shown over the picture. */
export interface Combo {
  readonly id: string;
  readonly giftId: string;
  readonly giftName: string;
  readonly icon: string;
  readonly from: string;
  readonly fromName: string;
  readonly toName: string;
  readonly count: number;
  readonly value: number;
  /** When it goes if nothing continues it, ms since 1970 by this machine's clock. */
  readonly until: number;
}

/** How long a gift is shown; the server's combos wait for the next as long (§6.3). Milliseconds. */
export const COMBO_TIME = 5_000;
/** Most rows at a time: what is under them should still be seen. */
const LIMIT = 4;

/** A gift continues its row in place, or begins one; of too many rows those of least value go first. */
export function withGift(combos: readonly Combo[], gift: GiftReceived, now: number): readonly Combo[] {
  const combo: Combo = {
    id: gift.combo_id || gift.gift_record_id,
    giftId: gift.gift_id,
    giftName: gift.gift_name,
    icon: gift.icon,
    from: gift.from.user_id,
    fromName: gift.from.user_name,
    toName: gift.to.user_name,
    count: gift.combo_count,
    value: gift.combo_value,
    until: now + COMBO_TIME,
  };
  const known = combos.findIndex(({ id }) => id === combo.id);
  if (known >= 0) return combos.with(known, combo);
  const current = combos.filter(({ until }) => until > now);
  if (current.length < LIMIT) return [...current, combo];
  const least = current.reduce((a, b) => (b.value < a.value ? b : a));
  return combo.value < least.value ? current : [...current.filter((one) => one !== least), combo];
}

/** Without what is over. The same array if nothing is. */
export function withoutOld(combos: readonly Combo[], now: number): readonly Combo[] {
  return combos.every(({ until }) => until > now) ? combos : combos.filter(({ until }) => until > now);
}
