import type { ReactNode } from "react";

/** Drawings, on a 24 × 24 grid, of the gifts a new server has; others bring their own. */
const SAMPLES: Readonly<Record<string, ReactNode>> = {
  rose: (
    <>
      <path d="M12 12v9M12 17c-2.5 0-4-1-4.5-3 2.5 0 4 1 4.5 3Z" fill="#3f9d5c" stroke="#3f9d5c" strokeWidth="1.5" />
      <path d="M12 13c-3.5 0-5.5-2.5-5-6.5C8.5 7 9.5 6 12 3c2.5 3 3.5 4 5 3.5.5 4-1.5 6.5-5 6.5Z" fill="#e0355b" />
      <path d="M12 6c-1.8 1.6-1.8 3.4 0 4.5 1.8-1.1 1.8-2.9 0-4.5Z" fill="#a81f3f" />
    </>
  ),
  heart: <path d="M12 20.5C6 16 3 12.8 3 9a4.5 4.5 0 0 1 9-1.5A4.5 4.5 0 0 1 21 9c0 3.8-3 7-9 11.5Z" fill="#f0527d" />,
  cake: (
    <>
      <path d="M12 3.5v4" stroke="#f2a33c" strokeWidth="2" strokeLinecap="round" />
      <path d="M3.5 20v-7a2 2 0 0 1 2-2h13a2 2 0 0 1 2 2v7Z" fill="#d98a5b" />
      <path d="M3.5 14.5v-1.5a2 2 0 0 1 2-2h13a2 2 0 0 1 2 2v1.5c-1.7 2-3.4 2-5.1 0-1.7 2-3.4 2-5.1 0-2 2-4.7 2-6.8 0Z" fill="#fbe3ee" />
      <path d="M10.5 7.5h3V11h-3Z" fill="#7fb8e6" />
    </>
  ),
  rocket: (
    <>
      <path d="M12 2.5c4 3 5 7.5 4.2 13H7.8C7 10 8 5.5 12 2.5Z" fill="#8fa3b8" />
      <path d="M7.8 11 4.5 15.5v3L8 16ZM16.2 11l3.3 4.5v3L16 16Z" fill="#d0453b" />
      <circle cx="12" cy="9" r="2" fill="#dff1ff" />
      <path d="M9.5 16.5h5L12 22Z" fill="#f7a531" />
    </>
  ),
  castle: (
    <>
      <path d="M3 21V9h2.5v2H8V9h2.5v3h3V9H16v2h2.5V9H21v12Z" fill="#9a86c9" />
      <path d="M10 21v-3a2 2 0 0 1 4 0v3Z" fill="#4b3c78" />
      <path d="M12 9V3l5 2-5 2" fill="#e0b23c" stroke="#e0b23c" />
    </>
  ),
};
const PARCEL = (
  <>
    <path d="M4 11h16v9H4Z" fill="#3f9d8c" />
    <path d="M3 7.5h18V11H3Z" fill="#54b8a5" />
    <path d="M10.5 7.5h3V20h-3ZM12 7.5C8 7 7.5 3 10 3.5c1.5.3 2 2.5 2 4 0-1.5.500-3.7 2-4 2.5-.5 2 3.5-2 4Z" fill="#f2c14e" />
  </>
);
/** Longest text that is taken for an emoji rather than for an address. */
const EMOJI_LENGTH = 8;

/** `icon` of the catalogue: the address of a picture, an emoji, or nothing. */
export function GiftIcon({ giftId, icon }: { giftId: string; icon: string }) {
  if (/^(https?:\/)?\/\S+$/.test(icon)) return <img className="gift-icon" src={icon} alt="" referrerPolicy="no-referrer" />;
  if (icon && icon.length <= EMOJI_LENGTH) {
    return (
      <span className="gift-icon" aria-hidden="true">
        {icon}
      </span>
    );
  }
  return (
    <svg className="gift-icon" viewBox="0 0 24 24" aria-hidden="true">
      {SAMPLES[giftId] ?? PARCEL}
    </svg>
  );
}
