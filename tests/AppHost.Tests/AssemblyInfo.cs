using System.Runtime.Versioning;

// Shell scripts, signals and file modes: the local PostgreSQL is Linux's and macOS's way.
[assembly: UnsupportedOSPlatform("windows")]
