// SPDX-License-Identifier: MIT OR Apache-2.0
// The service of demo.proto with @grpc/grpc-js: server.js PROTO [KEY CERTIFICATE]. Prints its port, and on SIGTERM what it
// has served: a line of JSON.
const fs = require("fs");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const [file, key, certificate] = process.argv.slice(2);
const definition = loader.loadSync(file);
const demo = grpc.loadPackageDefinition(definition).demo;
const seen = { calls: 0, messages: 0, metadata: "", deadline: false, texts: {} };

function note(call, line) {
  if (line) {
    seen.messages++;
    const text = (line.text || "").slice(0, 20);
    seen.texts[text] = (seen.texts[text] || 0) + 1;
  }
  seen.metadata = (call.metadata.get("x-token") || []).join() || seen.metadata;
  seen.deadline = seen.deadline || call.getDeadline() !== Infinity;
}

const server = new grpc.Server();
server.addService(demo.Echo.service, {
  Say(call, done) {
    seen.calls++;
    note(call, call.request);
    if (call.request.status) {
      done({ code: call.request.status, details: `asked for, 100 % of "${call.request.text}"` });
    } else {
      done(null, call.request);
    }
  },
  Repeat(call) {
    seen.calls++;
    note(call, call.request);
    for (let i = 0; i < call.request.count; i++) call.write(call.request);
    if (call.request.status) {
      call.emit("error", { code: call.request.status, details: "after all" });
    } else {
      call.end();
    }
  },
  Count(call, done) {
    let count = 0;
    seen.calls++;
    call.on("data", (line) => { count++; note(call, line); });
    call.on("end", () => done(null, { count }));
  },
  Chat(call) {
    seen.calls++;
    call.on("data", (line) => { note(call, line); call.write(line); });
    call.on("end", () => call.end());
  },
});
try {
  const { ReflectionService } = require("@grpc/reflection");
  new ReflectionService(definition).addToServer(server);
} catch { /* not installed: no reflection */ }

const credentials = key
  ? grpc.ServerCredentials.createSsl(null, [{ private_key: fs.readFileSync(key), cert_chain: fs.readFileSync(certificate) }])
  : grpc.ServerCredentials.createInsecure();
server.bindAsync("127.0.0.1:0", credentials, (error, port) => {
  if (error) throw error;
  console.log(port);
});
process.on("SIGTERM", () => {
  console.log(JSON.stringify(seen));
  process.exit(0);
});
