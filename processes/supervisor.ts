/** Starts store, engine, gateway and web, and restarts what dies. */
import { stopAllSlotProcesses } from "#lib/drivers/runtime/process/stop-all.ts";
import { runSupervisor } from "#lib/supervisor/run.ts";

process.exit(await runSupervisor({ stopSlots: stopAllSlotProcesses }));
