/** The landing page's drawing: a room with people of every kind in it. Decoration only. */
export function RoomPicture() {
  return (
    <svg className="room-picture" viewBox="0 0 420 360" aria-hidden="true">
      <rect className="picture-wall" x="10" y="10" width="400" height="340" rx="44" />
      <Person x={120} y={128} size={46} colour="#0d7263" speaking />
      <Person x={292} y={112} size={34} colour="#e9a23b" />
      <Person x={222} y={214} size={40} colour="#c65d4b" />
      <Person x={106} y={270} size={28} colour="#5b7fb8" />
      <Person x={326} y={256} size={36} colour="#7d6aa8" speaking />
    </svg>
  );
}

function Person({ x, y, size, colour, speaking = false }: { x: number; y: number; size: number; colour: string; speaking?: boolean }) {
  return (
    <g transform={`translate(${x} ${y})`}>
      {speaking && <circle className="picture-voice" r={size * 1.28} stroke={colour} />}
      <circle r={size} fill={colour} />
      <circle cx={-size * 0.32} cy={-size * 0.12} r={size * 0.09} fill="#fff" />
      <circle cx={size * 0.32} cy={-size * 0.12} r={size * 0.09} fill="#fff" />
      <path
        d={`M ${-size * 0.34} ${size * 0.26} Q 0 ${size * 0.62} ${size * 0.34} ${size * 0.26}`}
        fill="none"
        stroke="#fff"
        strokeWidth={size * 0.1}
        strokeLinecap="round"
      />
    </g>
  );
}
