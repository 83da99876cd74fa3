/** How a page's frame learns which page was asked for: the second door writes it, over whatever a client sent. */
export const PATH_HEADER = "x-signalbox-path";
