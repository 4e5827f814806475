FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json ./
COPY scripts/build.js scripts/
COPY server server
# The packages for Redis are optional for the command, and a part of the image. None of them has dependencies of its own.
RUN npm run build && rm dist/.tsbuildinfo && mkdir /redis && cp -r node_modules/redis node_modules/connect-redis \
  node_modules/rate-limit-redis /redis && npm ci --omit=dev && cp -r /redis/. node_modules

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY public public
COPY views views
COPY server/device-config/programs server/device-config/programs
USER node
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["node", "/app/dist/healthcheck.js"]
# The command offline-token-mint: what follows the image's name goes to it, e.g. `docker run IMAGE --help`.
ENTRYPOINT ["node", "/app/dist/main.js"]
