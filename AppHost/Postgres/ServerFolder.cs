using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Analytics.AppHost.Postgres;

/// <summary>The folder of one PostgreSQL: its data, and beside it the password that only its owner can read.</summary>
/// <param name="Path">Full path, symbolic links resolved.</param>
/// <param name="Password">The password of the user <c>postgres</c>.</param>
internal sealed record ServerFolder(string Path, string Password)
{
    private const string PasswordFile = "password";

    /// <summary>Where the server's data is.</summary>
    public string Data => System.IO.Path.Combine(Path, "data");

    /// <summary>The major version that made the data, or null where there is none yet.</summary>
    public static int? DataMajor(string folder)
    {
        var file = System.IO.Path.Combine(folder, "data", "PG_VERSION");
        return File.Exists(file) ? int.Parse(File.ReadAllText(file), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>Opens the folder, at the first start with a new password.</summary>
    public static ServerFolder Open(string path)
    {
        var folder = Directory.CreateDirectory(path);
        var full = folder.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? folder.FullName;
        var file = System.IO.Path.Combine(full, PasswordFile);
        try
        {
            if (!File.Exists(file))
            {
                using var stream = CreateForOwnerOnly(file);
                stream.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)) + "\n"));
            }

            return new ServerFolder(full, File.ReadAllText(file).Trim());
        }
        catch (UnauthorizedAccessException)
        {
            throw new SetupException(
                $"{full} belongs to another user (from a start as root?). Start as before, or set Data:Folder to another folder.");
        }
    }

    private static FileStream CreateForOwnerOnly(string file)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(System.IO.Path.GetDirectoryName(file)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(file, options);
    }
}
