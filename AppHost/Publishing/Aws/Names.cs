using System.Globalization;

namespace Analytics.AppHost.Publishing.Aws;

/// <summary>Names in the forms that AWS wants.</summary>
internal static class Names
{
    /// <summary>A name with <c>-</c> as CloudFormation writes it: <c>model-store</c> is <c>ModelStore</c>.</summary>
    public static string Pascal(string name) =>
        string.Concat(name.Split('-', StringSplitOptions.RemoveEmptyEntries).Select(word => char.ToUpper(word[0], CultureInfo.InvariantCulture) + word[1..]));
}
