namespace Analytics.Trainer.Worker.Data;

/// <summary>Names in a sentence: quoted, and cut short where there are many.</summary>
internal static class NameList
{
    private const int Longest = 30;

    public static string Of(IEnumerable<string> names)
    {
        var all = names.ToList();
        var shown = string.Join(", ", all.Take(Longest).Select(n => $"'{n}'"));
        return all.Count <= Longest ? shown : $"{shown} and {all.Count - Longest} more";
    }
}
