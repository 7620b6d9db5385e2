import { useEffect, useState } from "react";

import { SidePanel } from "../../interface/SidePanel";
import { entrance } from "../serviceApi";

/** Where customers come in: to be copied, printed, or held before a phone. */
export function EntrancePanel({ id, token, onClose }: { id: string; token: string; onClose: () => void }) {
  const [found, setFound] = useState<{ link: string; picture: string }>();
  const [trouble, setTrouble] = useState("");
  useEffect(() => {
    let picture: string | undefined;
    let wanted = true;
    entrance(token)
      .then(({ link, qrCode }) => {
        if (!wanted) return;
        picture = URL.createObjectURL(qrCode);
        setFound({ link, picture });
      })
      .catch((error: unknown) => setTrouble(error instanceof Error ? error.message : String(error)));
    return () => {
      wanted = false;
      if (picture !== undefined) URL.revokeObjectURL(picture);
    };
  }, [token]);
  return (
    <SidePanel id={id} title="Link for customers" onClose={onClose}>
      <div className="panel-sections">
        {trouble !== "" && <p className="trouble">{trouble}</p>}
        {found !== undefined && (
          <>
            <p className="hint">Whoever opens it gets in line. On a phone, point the camera at the code.</p>
            <img className="qr-code" src={found.picture} alt="QR code of the link below" data-testid="qr-code" />
            <input readOnly value={found.link} aria-label="Link for customers" data-testid="entrance-link" onFocus={(event) => event.target.select()} />
          </>
        )}
      </div>
    </SidePanel>
  );
}
