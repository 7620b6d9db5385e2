import { useEffect, useState } from "react";

import { useAsking } from "../asking";
import { giftCatalogue } from "../liveApi";
import type { Gift } from "../messages";
import { sendGift } from "../sendGift";
import type { Show } from "../show";
import type { ShowStore } from "../ShowStore";
import { GiftIcon } from "../stage/GiftIcon";

/** One touch, one gift; who goes on touching makes a row of them, which is counted on the button. */
export function GiftBar({ store, show }: { store: ShowStore; show: Show }) {
  const gifts = useGifts();
  const ask = useAsking();
  const living = show.live.status === "Living";
  if (gifts.length === 0) return null;
  return (
    <div className="gift-bar" role="group" aria-label={`Gifts for ${show.live.streamer_name}`} data-testid="gift-bar">
      {gifts.map((gift) => {
        const combo = show.combos.findLast(({ from, giftId }) => from === show.self.user_id && giftId === gift.gift_id);
        return (
          <button
            key={gift.gift_id}
            type="button"
            className="gift-button"
            disabled={!living}
            onClick={() => void ask(sendGift(store.client, gift.gift_id))}
            data-testid={`gift-${gift.gift_id}`}
            title={gift.name}
          >
            <GiftIcon giftId={gift.gift_id} icon={gift.icon} />
            <span className="gift-name">{gift.name}</span>
            <span className="gift-price">{gift.price}</span>
            {combo && (
              <span className="badge gift-combo" key={combo.count} data-testid="gift-combo">
                ×{combo.count}
              </span>
            )}
          </button>
        );
      })}
    </div>
  );
}

function useGifts(): readonly Gift[] {
  const [gifts, setGifts] = useState<readonly Gift[]>([]);
  useEffect(() => {
    let current = true;
    giftCatalogue().then(
      (found) => {
        if (current) setGifts(found);
      },
      () => undefined, // A show without gifts is still a show.
    );
    return () => void (current = false);
  }, []);
  return gifts;
}
