# Written by `aspire publish` from the application model; a change belongs there (docs/deployment.md).
# From the repository's root: docker build -f deploy/docker/trainer.Dockerfile -t analytics-trainer .
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
# Packages are a layer of their own, made anew only when a project's file changes.
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY Registry/Registry.csproj Registry/
COPY ServiceDefaults/ServiceDefaults.csproj ServiceDefaults/
COPY Trainer.Worker/Trainer.Worker.csproj Trainer.Worker/
RUN dotnet restore Trainer.Worker/Trainer.Worker.csproj --use-current-runtime -p:PublishReadyToRun=true
# The runtime's image lacks libgomp.so.1.
RUN ls /usr/lib/*/libgomp.so.1 || (apt-get update && apt-get install -y --no-install-recommends libgomp1); \
    mkdir -p /out/lib && cp -L /usr/lib/*/libgomp.so.1 /out/lib/
# A volume takes its owner from the image's folder.
RUN mkdir -p /out/data /out/data/store /out/data/trainer
COPY bench/data/iris.csv bench/data/
COPY bench/data/penguins_raw.csv bench/data/
COPY Registry/ Registry/
COPY ServiceDefaults/ ServiceDefaults/
COPY Trainer.Worker/ Trainer.Worker/
ARG VERSION=0.0.0
ARG REVISION=unknown
RUN dotnet publish Trainer.Worker/Trainer.Worker.csproj --no-restore --use-current-runtime --no-self-contained --output /out/app \
    -p:PublishReadyToRun=true -p:DebugType=none -p:GenerateDocumentationFile=false -p:RunAnalyzers=false \
    -p:Version=$VERSION -p:SourceRevisionId=$REVISION

FROM mcr.microsoft.com/dotnet/aspnet:10.0
COPY --from=build --chown=1654:1654 /out/data/ /data/
COPY --from=build /out/lib/ /usr/lib/
COPY --from=build /out/app/ /app/
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title=analytics-trainer \
      org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.revision=$REVISION \
      org.opencontainers.image.licenses=MIT
# Settings files are found wherever the program is started from.
ENV ASPNETCORE_CONTENTROOT=/app
ENV ASPNETCORE_HTTP_PORTS=5001
WORKDIR /app
USER 1654:1654
EXPOSE 5001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["dotnet", "/app/Analytics.Trainer.Worker.dll", "--health"]
ENTRYPOINT ["dotnet", "/app/Analytics.Trainer.Worker.dll"]
