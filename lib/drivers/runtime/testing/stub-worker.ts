/** Does nothing, for ever. */
console.log("working");
setInterval(() => {}, 1000);
