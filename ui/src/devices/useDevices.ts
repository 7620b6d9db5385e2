import { useEffect, useState } from "react";

import { captureSupported } from "./captureErrors";

/**
 * Devices of one kind, kept up to date while they come and go. Browsers tell names and ids only once a permission was
 * given, so pass a `revision` that changes when a capture starts.
 */
export function useDevices(kind: MediaDeviceKind, revision: unknown): readonly MediaDeviceInfo[] {
  const [devices, setDevices] = useState<readonly MediaDeviceInfo[]>([]);
  useEffect(() => {
    if (!captureSupported()) return undefined;
    let current = true;
    const list = async () => {
      const all = await navigator.mediaDevices.enumerateDevices();
      if (current) setDevices(all.filter((device) => device.kind === kind && device.deviceId !== ""));
    };
    const refresh = () => void list().catch(() => undefined); // Nothing to choose from is shown as such.
    refresh();
    navigator.mediaDevices.addEventListener("devicechange", refresh);
    return () => {
      current = false;
      navigator.mediaDevices.removeEventListener("devicechange", refresh);
    };
  }, [kind, revision]);
  return devices;
}
