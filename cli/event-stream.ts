/** Server-sent events of a response, as the API sends them: one line of JSON in `data`. */
export async function* eventStream(body: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const messages = text.split("\n\n");
    text = messages.pop() ?? "";
    for (const message of messages) {
      const data = message.split("\n").find((line) => line.startsWith("data: "));
      if (data !== undefined) yield JSON.parse(data.slice(6));
    }
  }
}
