using System.Runtime.Versioning;

// Shell scripts of Linux machines.
[assembly: UnsupportedOSPlatform("windows")]
