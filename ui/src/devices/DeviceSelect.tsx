import { useId } from "react";

interface DeviceSelectProps {
  label: string;
  devices: readonly MediaDeviceInfo[];
  /** Id of the device in use; undefined means the browser's choice. */
  chosen: string | undefined;
  onChoose: (deviceId: string) => void;
  testId: string;
}

export function DeviceSelect({ label, devices, chosen, onChoose, testId }: DeviceSelectProps) {
  const id = useId();
  const known = devices.some((device) => device.deviceId === chosen);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        data-testid={testId}
        value={known ? chosen : (devices[0]?.deviceId ?? "")}
        disabled={devices.length === 0}
        onChange={(event) => onChoose(event.target.value)}
      >
        {devices.length === 0 && <option value="">None found</option>}
        {devices.map((device, index) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label || `${label} ${index + 1}`}
          </option>
        ))}
      </select>
    </div>
  );
}
