import type { Agent, CallSound, Ringing, WorkplaceMessage } from "../messages";

/** Of an agent who plays nothing and speaks as it is. */
const PLAIN: CallSound = { playing: [], microphone: 100 };

/** A call that rings at the agent. */
export interface Ring extends Ringing {
  /** When it stops, ms since 1970. */
  readonly until: number;
}

/** What an agent's desk shows beside the call itself. */
export interface Workplace {
  readonly me: Agent;
  readonly agents: ReadonlyMap<string, Agent>;
  /** How many wait in line. */
  readonly waiting: number;
  /** Since when the first of them waits, ms since 1970; undefined: nobody does. */
  readonly waitingSince: number | undefined;
  readonly ring: Ring | undefined;
  /** Changes with the queue and with the end of calls: lists are to be read anew. */
  readonly revision: number;
  readonly sound: CallSound;
  readonly rating: { readonly score: number; readonly comment: string } | undefined;
}

/** The desk after one more message; undefined before the first `workplace`. `now` is ms since 1970. */
export function workplaceAfter(workplace: Workplace | undefined, message: WorkplaceMessage, now: number): Workplace | undefined {
  if (message.action === "workplace") {
    return {
      me: message.agent,
      agents: new Map(message.agents.map((agent) => [agent.id, agent])),
      ...queueNumbers(message, now),
      ring: message.ring === null ? undefined : { ...message.ring, until: now + message.ring.countdown * 1000 },
      revision: (workplace?.revision ?? 0) + 1,
      sound: message.call === null ? PLAIN : soundOf(message.call),
      rating: workplace?.rating,
    };
  }
  if (workplace === undefined) return undefined;
  switch (message.action) {
    case "queue_updated":
      return { ...workplace, ...queueNumbers(message, now), revision: workplace.revision + 1 };
    case "agent_state":
      return withAgent(workplace, message.agent);
    case "incoming_call":
      return { ...workplace, ring: { ...message, until: now + message.countdown * 1000 }, rating: undefined };
    case "ring_tick":
      if (workplace.ring?.session_id !== message.session_id) return workplace;
      return { ...workplace, ring: { ...workplace.ring, until: now + message.remaining * 1000 } };
    case "ring_cancelled":
    case "call_accepted":
      return workplace.ring?.session_id === message.session_id ? { ...workplace, ring: undefined } : workplace;
    case "audio_playing":
      return { ...workplace, sound: soundOf(message) };
    case "call_ended":
    case "call_transferred":
      return { ...workplace, sound: PLAIN, revision: workplace.revision + 1 };
    case "rating_received":
      return { ...workplace, rating: { score: message.score, comment: message.comment }, revision: workplace.revision + 1 };
    default:
      return workplace;
  }
}

/** Agents to whom a call can be handed over, besides oneself. */
export function colleagues({ me, agents }: Workplace): Agent[] {
  const order = { Ready: 0, Online: 1, Busy: 2, Ringing: 2, Offline: 3 } as const;
  return [...agents.values()]
    .filter(({ id }) => id !== me.id)
    .sort((one, other) => order[one.state] - order[other.state] || one.name.localeCompare(other.name));
}

function soundOf({ playing, microphone }: CallSound): CallSound {
  return { playing, microphone };
}

function withAgent(workplace: Workplace, agent: Agent): Workplace {
  const agents = new Map(workplace.agents).set(agent.id, agent);
  if (agent.id !== workplace.me.id) return { ...workplace, agents };
  // A ring that was rejected or missed is told by the state alone.
  return { ...workplace, agents, me: agent, ring: agent.state === "Ringing" ? workplace.ring : undefined };
}

function queueNumbers({ waiting, longest_wait }: { waiting: number; longest_wait: number }, now: number): Pick<Workplace, "waiting" | "waitingSince"> {
  return { waiting, waitingSince: waiting > 0 ? now - longest_wait * 1000 : undefined };
}
