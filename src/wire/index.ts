/** Messages as bytes. */
export { decodeMessage, encodeMessage } from "./codec";
export {
  MAX_APP_DATA_SIZE,
  MAX_AUTHORIZATIONS,
  MAX_MESSAGE_SIZE,
  MAX_OUTCOME_SIZE,
  MAX_TEXT_LENGTH,
  MAX_TRANSFERS,
  WIRE_VERSION,
} from "./limits";
