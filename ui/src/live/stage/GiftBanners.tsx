import type { Combo } from "../combos";
import { GiftIcon } from "./GiftIcon";

/** Who has given what, with the count of a row growing as it goes on. */
export function GiftBanners({ combos }: { combos: readonly Combo[] }) {
  return (
    <ul className="gift-banners" aria-live="polite" aria-label="Gifts" data-testid="gift-banners">
      {combos.map((combo) => (
        <li key={combo.id} className="gift-banner" data-testid="gift-banner" data-count={combo.count}>
          <GiftIcon giftId={combo.giftId} icon={combo.icon} />
          <span className="gift-words">
            <strong dir="auto">{combo.fromName}</strong>
            <span>{combo.giftName}</span>
          </span>
          {/* Another element for every count: the animation runs anew. */}
          <span className="gift-count" key={combo.count}>
            ×{combo.count}
          </span>
        </li>
      ))}
    </ul>
  );
}
