import { useAskingWith } from "../../interface/useAsking";
import { useAdmission } from "../admission";
import { roomTable, type RoomTable } from "../reportsApi";
import { spanOf, type Reach } from "../spans";

const TABLES: readonly RoomTable[] = ["summary", "users", "pairs", "heartbeats", "kv", "leaves"];

/** Save what is known of a room. */
export function CsvButtons({ room, reach }: { room: string; reach: Reach }) {
  const { token } = useAdmission();
  const ask = useAskingWith({});
  const save = async (table: RoomTable) => {
    const address = URL.createObjectURL(await roomTable(room, spanOf(reach), table, token));
    const link = document.createElement("a");
    link.href = address;
    link.download = `${room}-${table}.csv`;
    link.click();
    URL.revokeObjectURL(address);
  };
  return (
    <div className="button-row">
      {TABLES.map((table) => (
        <button key={table} type="button" className="button small" onClick={() => void ask(save(table))} data-testid={`csv-${table}`}>
          {table}
        </button>
      ))}
    </div>
  );
}
