import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { routes } from "#server/app.ts";
import { loadConfig } from "#server/config.ts";

const folder = "deploy/kubernetes";
const read = (name: string): unknown => parse(readFileSync(join(folder, name), "utf8"));

const Probe = z.object({
  httpGet: z.object({ path: z.string(), port: z.int() }),
  initialDelaySeconds: z.int(),
  periodSeconds: z.int(),
  timeoutSeconds: z.int(),
  failureThreshold: z.int(),
});
const Labels = z.record(z.string(), z.string());
const Container = z.object({
  ports: z.array(z.object({ name: z.string(), containerPort: z.int() })),
  env: z.array(z.object({ name: z.string(), value: z.string() })),
  envFrom: z.array(z.object({ secretRef: z.object({ name: z.string() }) })),
  livenessProbe: Probe,
  readinessProbe: Probe,
  resources: z.object({ requests: Labels, limits: Labels }),
  securityContext: z.unknown(),
  volumeMounts: z.array(z.object({ mountPath: z.string() })),
});
const Deployment = z.object({
  spec: z.object({
    replicas: z.int(),
    selector: z.object({ matchLabels: Labels }),
    strategy: z.object({ rollingUpdate: z.object({ maxUnavailable: z.int() }) }),
    template: z.object({
      metadata: z.object({ labels: Labels }),
      spec: z.object({
        automountServiceAccountToken: z.boolean(),
        terminationGracePeriodSeconds: z.int(),
        securityContext: z.unknown(),
        containers: z.array(Container).length(1),
      }),
    }),
  }),
});

const { spec } = Deployment.parse(read("deployment.yaml"));
const pod = spec.template.spec;
const container = Container.parse(pod.containers[0]);
const environment = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
const config = loadConfig({
  ...environment,
  SESSION_SECRET: "this one comes from the cluster and is not kept here",
  DATABASE_URL: "postgresql://app@db/warehouse",
  DATABASE_OWNER_URL: "postgresql://owner@db/warehouse",
});

describe("the manifests for Kubernetes", () => {
  test.each([
    ["livenessProbe", "live", 30, 10],
    ["readinessProbe", "ready", 5, 5],
  ] as const)("%s asks whether the server is %s: after %i s, every %i s", (name, type, initialDelaySeconds, periodSeconds) => {
    const probe = container[name];
    expect(probe).toMatchObject({ httpGet: { path: `/api/health?type=${type}`, port: 3_000 }, initialDelaySeconds, periodSeconds });
    const { pathname, searchParams } = new URL(probe.httpGet.path, "http://pod");
    const route = routes.find(({ method, path }) => method === "GET" && `/api${path}` === pathname);
    expect(route).toMatchObject({ requiresAuth: false, unlimited: true });
    expect(route?.query?.safeParse(Object.fromEntries(searchParams)).success).toBe(true);
  });

  test("the database's own 2 s fit into the time that a probe waits", () => {
    expect(container.readinessProbe.timeoutSeconds).toBeGreaterThan(2);
  });

  test("the server can be reached from outside its container, on the port that is asked", () => {
    expect([config.host, config.port, config.production]).toEqual(["0.0.0.0", 3_000, true]);
    expect(container.ports).toEqual([{ name: "http", containerPort: config.port }]);
  });

  test("a pod is given longer to stop than the server takes, and another one is there meanwhile", () => {
    const [inFlight, jobs] = [30, 20];
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(config.shutdownDelayMs / 1_000 + inFlight + jobs);
    expect(config.shutdownDelayMs).toBeGreaterThan(0);
    expect(spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
    expect(spec.replicas).toBeGreaterThan(1);
  });

  test("it runs as nobody, on a file system that it cannot write, without rights and with bounds", () => {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: "RuntimeDefault" } });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(Object.keys(container.resources.requests)).toEqual(["cpu", "memory"]);
    expect(container.resources.limits).toHaveProperty("memory");
    // What it writes all the same.
    const writable = container.volumeMounts.map(({ mountPath }) => mountPath);
    expect(writable.some((path) => config.dataDir.startsWith(`${path}/`))).toBe(true);
  });

  test("secrets come from the cluster, and none stands in a manifest", () => {
    expect(container.envFrom).toEqual([{ secretRef: { name: "warehouse-builder" } }]);
    expect(Object.keys(environment).filter((name) => /SECRET|PASSWORD|KEY|DATABASE|DSN|REDIS/.test(name))).toEqual([]);
  });

  test("what finds the pods finds these pods", () => {
    const Selecting = z.object({ spec: z.object({ selector: z.union([z.object({ matchLabels: Labels }), Labels]) }) });
    for (const name of readdirSync(folder)) {
      const { selector } = Selecting.parse(read(name)).spec;
      expect([name, "matchLabels" in selector ? selector.matchLabels : selector]).toEqual([name, spec.template.metadata.labels]);
    }
    const Service = z.object({ spec: z.object({ ports: z.array(z.object({ targetPort: z.string() })) }) });
    expect(Service.parse(read("service.yaml")).spec.ports.map(({ targetPort }) => targetPort)).toEqual(["http"]);
  });
});
