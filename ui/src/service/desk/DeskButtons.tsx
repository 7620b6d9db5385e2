import { Icon, type IconName } from "../../interface/Icon";
import { ToggleButton } from "../../interface/ToggleButton";
import { DESK_PANELS, type DeskPanelName } from "./panels";

interface PanelButtonProps {
  name: DeskPanelName;
  icon: IconName;
  label: string;
  badge?: number;
  panel: DeskPanelName | undefined;
  onPanel: (name: DeskPanelName) => void;
}

export function PanelButton({ name, icon, label, badge, panel, onPanel }: PanelButtonProps) {
  return (
    <ToggleButton
      icon={<Icon name={icon} />}
      label={label}
      pressed={panel === name}
      onToggle={() => onPanel(name)}
      testId={`toggle-${name}`}
      controls={DESK_PANELS[name]}
      badge={badge}
    />
  );
}

/** What is there in and between calls. */
export function DeskButtons({ waiting, ...rest }: Pick<PanelButtonProps, "panel" | "onPanel"> & { waiting: number }) {
  return (
    <>
      <PanelButton name="queue" icon="people" label={waiting > 0 ? `Queue, ${waiting} waiting` : "Queue"} badge={waiting} {...rest} />
      <PanelButton name="history" icon="comments" label="Earlier calls" {...rest} />
      <PanelButton name="entrance" icon="link" label="Link and QR code for customers" {...rest} />
    </>
  );
}
