# Written by `aspire publish` from the application model; a change belongs there (docs/deployment.md).
# From the repository's root: docker build -f deploy/docker/scorer.Dockerfile -t analytics-scorer .
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
# Packages are a layer of their own, made anew only when a project's file changes.
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY Registry/Registry.csproj Registry/
COPY Scorer.Api/Scorer.Api.csproj Scorer.Api/
COPY ServiceDefaults/ServiceDefaults.csproj ServiceDefaults/
RUN dotnet restore Scorer.Api/Scorer.Api.csproj --use-current-runtime -p:PublishReadyToRun=true
# A volume takes its owner from the image's folder.
RUN mkdir -p /out/data /out/data/journal /out/data/scorer /out/data/store
COPY Registry/ Registry/
COPY Scorer.Api/ Scorer.Api/
COPY ServiceDefaults/ ServiceDefaults/
ARG VERSION=0.0.0
ARG REVISION=unknown
RUN dotnet publish Scorer.Api/Scorer.Api.csproj --no-restore --use-current-runtime --no-self-contained --output /out/app \
    -p:PublishReadyToRun=true -p:DebugType=none -p:GenerateDocumentationFile=false -p:RunAnalyzers=false \
    -p:Version=$VERSION -p:SourceRevisionId=$REVISION

FROM mcr.microsoft.com/dotnet/aspnet:10.0
COPY --from=build --chown=1654:1654 /out/data/ /data/
COPY --from=build /out/app/ /app/
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title=analytics-scorer \
      org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.revision=$REVISION \
      org.opencontainers.image.licenses=MIT
# Settings files are found wherever the program is started from.
ENV ASPNETCORE_CONTENTROOT=/app
ENV ASPNETCORE_HTTP_PORTS=5000
WORKDIR /app
USER 1654:1654
EXPOSE 5000
EXPOSE 5002
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["dotnet", "/app/Analytics.Scorer.Api.dll", "--health"]
ENTRYPOINT ["dotnet", "/app/Analytics.Scorer.Api.dll"]
