namespace Analytics.AppHost.Store;

/// <summary>The model store as the application sees it: where it is and how to talk to it (<c>Store:*</c>). It runs nothing.</summary>
/// <param name="name">The resource's name.</param>
/// <param name="settings">The settings without their <c>Store:</c> prefix; <c>Url</c> is always among them.</param>
internal sealed class ModelStoreResource(string name, IReadOnlyDictionary<string, string> settings) : Resource(name)
{
    public IReadOnlyDictionary<string, string> Settings => settings;

    public string Url => settings["Url"];
}
